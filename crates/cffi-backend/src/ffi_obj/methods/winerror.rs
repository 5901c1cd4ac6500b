//! `getwinerror`: the text of a Windows error number.

use cffi_rt::args::int_or;
use cffi_rt::{Args, Obj, Params, Py, R, num, seq, text};

const PARAMS: Params = Params { function: "", names: &["code"], required: 0 };

/// Module function `getwinerror` and FFI method of that name.
pub(crate) fn getwinerror(py: Py<'_>, _receiver: &Obj, args: Args<'_>) -> R {
    let [code] = args.bind(py, &PARAMS)?;
    let code = match int_or(py, code, -1)? {
        -1 => cffi_call::errno::saved_last_error().cast_signed(),
        code => code,
    };
    let message = match cffi_call::winerror::message(code) {
        Some(m) => text::from_wide(py, &m)?,
        None => text::new_str(py, &format!("Windows Error 0x{code:X}"))?,
    };
    seq::tuple(py, &[&*num::from_i64(py, i64::from(code))?, &message])
}
