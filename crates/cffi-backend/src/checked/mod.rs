//! Checked mode: C's silent memory errors become Python exceptions that say where.
//!
//! The environment variable `FERROCFFI_CHECKED=1` chooses it, when the module is made. Then the types of the CData family
//! get other slot functions ([`slots`]), and the module and the class `FFI` other functions ([`functions`]). Each of them
//! computes the range of memory that the operation will use, asks the [`gate`], and calls the function that it stands
//! for. Without checked mode nothing of this folder runs.
//!
//! | file | content |
//! |---|---|
//! | [`mode`] | whether it is on |
//! | [`install`] | puts the functions into their places |
//! | [`gate`] | may this range be used? |
//! | [`error`] | `AccessError` with its notes |
//! | [`site`] | the Python line that is running |
//! | [`own`] | memory of `ffi.new()` between guard zones, and its end |
//! | [`lent`] | buffers and memory with a destructor |
//! | [`heap`] | memory of `malloc()` that a program frees |
//! | [`quarantine`] | memory that has ended |
//! | [`slots`] | items, slices, fields, iteration |
//! | [`values`] | cdata in initializers |
//! | [`functions`] | `string`, `unpack`, `memmove`, `new`, `gc`, … |
//! | [`in_line`] | the methods of `cffi.FFI` objects |
//! | [`views`] | `ffi.buffer` objects |
//! | [`functions_known`] | what is known of C functions |
//! | [`call`] | calls of C functions |
//! | [`demands`] | what functions of the C library demand |
//! | [`reach`] | the memory behind pointers in arguments |
//! | [`written`] | memory that a call must leave as it is |
//! | [`objects`] | memory of Python objects that C has the address of |
//! | [`callbacks`] | callbacks, and those that are gone |
//! | [`dealloc`] | deallocation of cdata |
//! | [`handles`] | handles |
//! | [`libraries`] | libraries that are open, and those that are closed |
//! | [`refused`] | errors of the backend that are wrong accesses |
//! | [`compiled`] | functions and variables of a `lib` |
//! | [`crashes`] | what is noted for the report of a crash |
//! | [`listing`] | `ferrocffi.checked.regions()` |

#[allow(unsafe_code, reason = "reaches C memory")]
pub(crate) mod call;
mod callbacks;
#[allow(unsafe_code, reason = "reaches C memory")]
mod compiled;
#[allow(unsafe_code, reason = "reaches C memory")]
mod crashes;
#[allow(unsafe_code, reason = "is called by the interpreter")]
mod dealloc;
mod demands;
mod error;
#[allow(unsafe_code, reason = "reaches C memory")]
mod functions;
mod functions_known;
mod gate;
mod handles;
#[allow(unsafe_code, reason = "reaches C memory")]
mod heap;
mod in_line;
#[allow(unsafe_code, reason = "reaches C memory")]
pub(crate) mod install;
mod lent;
mod libraries;
mod listing;
pub(crate) mod mode;
mod objects;
#[allow(unsafe_code, reason = "reaches C memory")]
mod own;
mod quarantine;
mod reach;
mod refused;
mod site;
mod slots;
mod values;
#[allow(unsafe_code, reason = "reaches C memory")]
mod views;
#[allow(unsafe_code, reason = "reaches C memory")]
mod written;
