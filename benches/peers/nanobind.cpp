/* The operations of the suite with nanobind. Functions let go of the GIL, and those named `keep_...` keep it. */
#include <nanobind/nanobind.h>
#include "common.h"
namespace nb = nanobind;
using namespace nb::literals;
using Release = nb::call_guard<nb::gil_scoped_release>;

static nb::object called;
static int answer(int x)
{
    nb::gil_scoped_acquire attached;
    return nb::cast<int>(called(x));
}

static Ints ints(nb::object values)
{
    if (nb::isinstance<nb::list>(values)) {
        nb::list items(values);
        Ints made(items.size());
        for (std::size_t i = 0; i < made.length; i++)
            made.at[i] = nb::cast<int>(items[i]);
        return made;
    }
    nb::tuple items(values);
    Ints made(items.size());
    for (std::size_t i = 0; i < made.length; i++)
        made.at[i] = nb::cast<int>(items[i]);
    return made;
}

template <typename T> static nb::list unpacked(const T &items, std::size_t n)
{
    nb::list result;
    for (std::size_t i = 0; i < n; i++)
        result.append(items.get(i));
    return result;
}

/* A contiguous buffer of another object. */
struct Buffer {
    Py_buffer view;
    explicit Buffer(nb::handle of)
    {
        if (PyObject_GetBuffer(of.ptr(), &view, PyBUF_SIMPLE) < 0)
            nb::raise_python_error();
    }
    ~Buffer() { PyBuffer_Release(&view); }
    Buffer(const Buffer &) = delete;
};

NB_MODULE(_bench_nanobind, m)
{
    nb::set_leak_warnings(false);
    nb::class_<Ints>(m, "Ints")
        .def("__len__", [](const Ints &self) { return self.length; })
        .def("__getitem__", &Ints::get)
        .def("__setitem__", &Ints::set);
    nb::class_<Doubles>(m, "Doubles")
        .def("__len__", [](const Doubles &self) { return self.own.size(); })
        .def("__getitem__", &Doubles::get);
    nb::class_<Chars>(m, "Chars").def("__len__", [](const Chars &self) { return self.own.size(); });
    nb::class_<pair>(m, "Pair").def_rw("a", &pair::a).def_rw("b", &pair::b);
    nb::class_<record>(m, "Record")
        .def_rw("x", &record::x)
        .def_rw("d", &record::d)
        .def_prop_rw(
            "low", [](const record &self) { return static_cast<unsigned>(self.low); },
            [](record &self, unsigned value) {
                if (value > 31)
                    throw std::out_of_range("does not fit five bits");
                self.low = value;
            })
        .def_rw("inner", &record::inner)
        .def_prop_ro(
            "items", [](record &self) { return Ints(self.items, 8); }, nb::keep_alive<0, 1>())
        .def_rw("next", &record::next, nb::rv_policy::reference);
    nb::class_<Owner>(m, "Owner");
    nb::class_<Buffer>(m, "Buffer").def("__len__", [](const Buffer &self) { return self.view.len; });
    nb::class_<Lib>(m, "Lib")
        .def_prop_rw(
            "counter", [](const Lib &) { return counter; }, [](Lib &, int value) { counter = value; })
        .def_prop_ro("errno", [](const Lib &) { return errno; })
        .def_ro_static("BLUE", new int(BLUE))
        .def("inc", [](const Lib &, int x) { return inc(x); }, Release());
    m.attr("lib") = Lib();

    m.def("record", [] { return record{}; });
    m.def("pairs", [](int a, int b) { return pair{a, b}; });
    m.def("new_int", [](int value) {
        Ints made(1);
        made.at[0] = value;
        return made;
    }, "value"_a = 0);
    m.def("new_ints", [](std::size_t n) { return Ints(n); });
    m.def("ints", &ints);
    m.def("doubles", [](nb::list items) {
        Doubles made;
        made.own.reserve(items.size());
        for (std::size_t i = 0; i < items.size(); i++)
            made.own.push_back(nb::cast<double>(items[i]));
        return made;
    });
    m.def("chars", [](nb::bytes text) { return Chars{std::vector<char>(text.c_str(), text.c_str() + text.size() + 1)}; });
    m.def("unpack", [](const Ints &of, std::size_t n) { return unpacked(of, n); });
    m.def("unpack", [](const Doubles &of, std::size_t n) { return unpacked(of, n); });
    m.def("unpack", [](const Chars &of, std::size_t n) {
        if (n > of.own.size())
            throw std::out_of_range("length");
        return nb::bytes(of.own.data(), n);
    });
    m.def("string", [](const Chars &of) { return nb::bytes(of.own.data(), strnlen(of.own.data(), of.own.size())); });
    m.def("memmove", [](Chars &to, nb::bytes from, std::size_t n) {
        if (n > from.size() || n > to.own.size())
            throw std::out_of_range("length");
        std::memmove(to.own.data(), from.c_str(), n);
    });
    m.def("gc", [](Chars &of) { return Owner{of.own.data()}; }, nb::keep_alive<0, 1>());
    m.def("from_buffer", [](nb::object of) { return new Buffer(of); });

    m.def("zero", &zero, Release());
    m.def("nothing", &nothing, Release());
    m.def("inc", &inc, Release());
    m.def("inc64", &inc64, Release());
    m.def("half", &half, Release());
    m.def("length", [](nb::bytes text) {
        const char *at = text.c_str();
        nb::gil_scoped_release detached;
        return length(at);
    });
    m.def("length", [](const Chars &text) { return length(text.own.data()); }, Release());
    m.def("same_record", &same_record, Release(), nb::rv_policy::reference);
    m.def("next_colour", [](int x) { return static_cast<int>(next_colour(static_cast<colour>(x))); }, Release());
    m.def("compare", [](nb::bytes a, nb::bytes b, std::size_t n) {
        const char *first = a.c_str(), *second = b.c_str();
        nb::gil_scoped_release detached;
        return compare(first, second, n);
    });
    m.def("scale", &scale, Release());
    m.def("sum_ints", [](const Ints &of, int n) { return sum_ints(of.at, n); }, Release());
    m.def("add2", &add2, Release());
    m.def("add4", &add4, Release());
    m.def("add6", &add6, Release());
    m.def("sum6", &sum6, Release());
    m.def("add10", &add10, Release());
    m.def("keep_inc", &inc);
    m.def("keep_half", &half);
    m.def("keep_add2", &add2);
    m.def("keep_add6", &add6);
    m.def("call_back", [](nb::callable function, int x) {
        called = function;
        nb::gil_scoped_release detached;
        return call_back(answer, x);
    });
    m.def("call_many", [](nb::callable function, int n) {
        called = function;
        nb::gil_scoped_release detached;
        return call_many(answer, n);
    });
}
