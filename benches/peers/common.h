/* What the modules of nanobind and pybind11 share: containers and the record, as plain C++. */
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
extern "C" {
/* C++ knows no _Bool, and `operator` names stay out of the way of the library's own. */
#define _Bool bool
#include "declarations.h"
#undef _Bool
}

struct Ints {
    std::unique_ptr<int[]> own;
    int *at;
    std::size_t length;
    explicit Ints(std::size_t n) : own(new int[n]()), at(own.get()), length(n) {}
    Ints(int *view, std::size_t n) : at(view), length(n) {}
    int get(std::size_t i) const
    {
        if (i >= length)
            throw std::out_of_range("index out of range");
        return at[i];
    }
    void set(std::size_t i, int value)
    {
        if (i >= length)
            throw std::out_of_range("index out of range");
        at[i] = value;
    }
};

struct Doubles {
    std::vector<double> own;
    double get(std::size_t i) const { return own.at(i); }
};

struct Chars {
    std::vector<char> own;
};

/* Calls the destructor when it goes. */
struct Owner {
    void *at;
    explicit Owner(void *of) : at(of) {}
    Owner(Owner &&other) : at(other.at) { other.at = nullptr; }
    ~Owner()
    {
        if (at)
            same(at);
    }
};

struct Lib {
};
