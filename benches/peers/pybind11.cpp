/* The operations of the suite with pybind11. Functions let go of the GIL, and those named `keep_...` keep it. */
#include <pybind11/pybind11.h>
#include "common.h"
namespace py = pybind11;
using namespace py::literals;
using Release = py::call_guard<py::gil_scoped_release>;

static PyObject *called;
static int answer(int x)
{
    py::gil_scoped_acquire attached;
    return py::cast<int>(py::handle(called)(x));
}

static Ints ints(py::object values)
{
    if (py::isinstance<py::list>(values)) {
        py::list items(values);
        Ints made(items.size());
        for (std::size_t i = 0; i < made.length; i++)
            made.at[i] = py::cast<int>(items[i]);
        return made;
    }
    py::tuple items(values);
    Ints made(items.size());
    for (std::size_t i = 0; i < made.length; i++)
        made.at[i] = py::cast<int>(items[i]);
    return made;
}

template <typename T> static py::list unpacked(const T &items, std::size_t n)
{
    py::list result;
    for (std::size_t i = 0; i < n; i++)
        result.append(items.get(i));
    return result;
}

/* Bytes with the two functions that the module needs. */
struct Bytes : py::bytes {
    using py::bytes::bytes;
    const char *c_str() const { return PyBytes_AS_STRING(ptr()); }
    std::size_t size() const { return static_cast<std::size_t>(PyBytes_GET_SIZE(ptr())); }
};

/* A contiguous buffer of another object. */
struct Buffer {
    Py_buffer view;
    explicit Buffer(py::handle of)
    {
        if (PyObject_GetBuffer(of.ptr(), &view, PyBUF_SIMPLE) < 0)
            throw py::error_already_set();
    }
    ~Buffer() { PyBuffer_Release(&view); }
    Buffer(const Buffer &) = delete;
};

PYBIND11_MODULE(_bench_pybind11, m)
{
    py::class_<Ints>(m, "Ints")
        .def("__len__", [](const Ints &self) { return self.length; })
        .def("__getitem__", &Ints::get)
        .def("__setitem__", &Ints::set);
    py::class_<Doubles>(m, "Doubles")
        .def("__len__", [](const Doubles &self) { return self.own.size(); })
        .def("__getitem__", &Doubles::get);
    py::class_<Chars>(m, "Chars").def("__len__", [](const Chars &self) { return self.own.size(); });
    py::class_<pair>(m, "Pair").def_readwrite("a", &pair::a).def_readwrite("b", &pair::b);
    py::class_<record>(m, "Record")
        .def_readwrite("x", &record::x)
        .def_readwrite("d", &record::d)
        .def_property(
            "low", [](const record &self) { return static_cast<unsigned>(self.low); },
            [](record &self, unsigned value) {
                if (value > 31)
                    throw std::out_of_range("does not fit five bits");
                self.low = value;
            })
        .def_readwrite("inner", &record::inner)
        .def_property_readonly(
            "items", py::cpp_function([](record &self) { return Ints(self.items, 8); }, py::keep_alive<0, 1>()))
        .def_property("next", py::cpp_function([](const record &self) { return self.next; }, py::return_value_policy::reference), [](record &self, record *value) { self.next = value; });
    py::class_<Owner>(m, "Owner");
    py::class_<Buffer>(m, "Buffer").def("__len__", [](const Buffer &self) { return self.view.len; });
    py::class_<Lib>(m, "Lib")
        .def_property(
            "counter", [](const Lib &) { return counter; }, [](Lib &, int value) { counter = value; })
        .def_property_readonly("errno", [](const Lib &) { return errno; })
        .def_property_readonly_static("BLUE", [](py::object) { return static_cast<int>(BLUE); })
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
    m.def("doubles", [](py::list items) {
        Doubles made;
        made.own.reserve(items.size());
        for (std::size_t i = 0; i < items.size(); i++)
            made.own.push_back(py::cast<double>(items[i]));
        return made;
    });
    m.def("chars", [](const Bytes &text) { return Chars{std::vector<char>(text.c_str(), text.c_str() + text.size() + 1)}; });
    m.def("unpack", [](const Ints &of, std::size_t n) { return unpacked(of, n); });
    m.def("unpack", [](const Doubles &of, std::size_t n) { return unpacked(of, n); });
    m.def("unpack", [](const Chars &of, std::size_t n) {
        if (n > of.own.size())
            throw std::out_of_range("length");
        return py::bytes(of.own.data(), n);
    });
    m.def("string", [](const Chars &of) { return py::bytes(of.own.data(), strnlen(of.own.data(), of.own.size())); });
    m.def("memmove", [](Chars &to, const Bytes &from, std::size_t n) {
        if (n > from.size() || n > to.own.size())
            throw std::out_of_range("length");
        std::memmove(to.own.data(), from.c_str(), n);
    });
    m.def("gc", [](Chars &of) { return Owner{of.own.data()}; }, py::keep_alive<0, 1>());
    m.def("from_buffer", [](py::object of) { return new Buffer(of); });

    m.def("zero", &zero, Release());
    m.def("nothing", &nothing, Release());
    m.def("inc", &inc, Release());
    m.def("inc64", &inc64, Release());
    m.def("half", &half, Release());
    m.def("length", [](const Bytes &text) {
        const char *at = text.c_str();
        py::gil_scoped_release detached;
        return length(at);
    });
    m.def("length", [](const Chars &text) { return length(text.own.data()); }, Release());
    m.def("same_record", &same_record, Release(), py::return_value_policy::reference);
    m.def("next_colour", [](int x) { return static_cast<int>(next_colour(static_cast<colour>(x))); }, Release());
    m.def("compare", [](const Bytes &a, const Bytes &b, std::size_t n) {
        const char *first = a.c_str(), *second = b.c_str();
        py::gil_scoped_release detached;
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
    m.def("call_back", [](py::function function, int x) {
        called = function.ptr();
        py::gil_scoped_release detached;
        return call_back(answer, x);
    });
    m.def("call_many", [](py::function function, int n) {
        called = function.ptr();
        py::gil_scoped_release detached;
        return call_many(answer, n);
    });
}
