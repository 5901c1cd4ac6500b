//! Limits of the floating-point types.

use cffi_types::target::{Arch, FloatFormat, Os};

use super::text::Text;
use crate::pp::{Compiler, Options};

/// The properties of a floating-point format, as decimal text.
struct Facts {
    digits: u32,
    decimal_digits: u32,
    mantissa: u32,
    min_exp: i32,
    max_exp: i32,
    min_10_exp: i32,
    max_10_exp: i32,
    max: &'static str,
    min: &'static str,
    epsilon: &'static str,
    denormal: &'static str,
}

const HALF: Facts = Facts {
    digits: 3,
    decimal_digits: 5,
    mantissa: 11,
    min_exp: -13,
    max_exp: 16,
    min_10_exp: -4,
    max_10_exp: 4,
    max: "6.55040000000000000000000000000000000e+4",
    min: "6.10351562500000000000000000000000000e-5",
    epsilon: "9.76562500000000000000000000000000000e-4",
    denormal: "5.96046447753906250000000000000000000e-8",
};

const SINGLE: Facts = Facts {
    digits: 6,
    decimal_digits: 9,
    mantissa: 24,
    min_exp: -125,
    max_exp: 128,
    min_10_exp: -37,
    max_10_exp: 38,
    max: "3.40282346638528859811704183484516925e+38",
    min: "1.17549435082228750796873653722224568e-38",
    epsilon: "1.19209289550781250000000000000000000e-7",
    denormal: "1.40129846432481707092372958328991613e-45",
};

const DOUBLE: Facts = Facts {
    digits: 15,
    decimal_digits: 17,
    mantissa: 53,
    min_exp: -1021,
    max_exp: 1024,
    min_10_exp: -307,
    max_10_exp: 308,
    max: "1.79769313486231570814527423731704357e+308",
    min: "2.22507385850720138309023271733240406e-308",
    epsilon: "2.22044604925031308084726333618164062e-16",
    denormal: "4.94065645841246544176568792868221372e-324",
};

const X87: Facts = Facts {
    digits: 18,
    decimal_digits: 21,
    mantissa: 64,
    min_exp: -16381,
    max_exp: 16384,
    min_10_exp: -4931,
    max_10_exp: 4932,
    max: "1.18973149535723176502126385303097021e+4932",
    min: "3.36210314311209350626267781732175260e-4932",
    epsilon: "1.08420217248550443400745280086994171e-19",
    denormal: "3.64519953188247460252840593361941982e-4951",
};

const QUAD: Facts = Facts {
    digits: 33,
    decimal_digits: 36,
    mantissa: 113,
    min_exp: -16381,
    max_exp: 16384,
    min_10_exp: -4931,
    max_10_exp: 4932,
    max: "1.18973149535723176508575932662800702e+4932",
    min: "3.36210314311209350626267781732175260e-4932",
    epsilon: "1.92592994438723585305597794258492732e-34",
    denormal: "6.47517511943802511092443895822764655e-4966",
};

fn facts(format: FloatFormat) -> &'static Facts {
    match format {
        FloatFormat::Half | FloatFormat::Bfloat => &HALF,
        FloatFormat::Single => &SINGLE,
        FloatFormat::Double => &DOUBLE,
        FloatFormat::X87 => &X87,
        FloatFormat::Quad | FloatFormat::DoubleDouble => &QUAD,
    }
}

pub(super) fn define(text: &mut Text, options: &Options) {
    if options.compiler == Compiler::Msvc {
        return;
    }
    let target = &options.target;
    let gcc = options.compiler == Compiler::Gcc;
    let long_double = target.long_double_format;
    text.define("__FLT_RADIX__", 2);
    let method = if target.arch == Arch::X86 && target.os != Os::Windows { 2 } else { 0 };
    text.define("__FLT_EVAL_METHOD__", method);
    let decimal = facts(long_double).decimal_digits;
    if gcc {
        text.define("__FLT_EVAL_METHOD_TS_18661_3__", method);
        text.define("__DECIMAL_DIG__", decimal);
    } else {
        text.define("__DECIMAL_DIG__", "__LDBL_DECIMAL_DIG__");
    }
    format(text, options, "FLT", "F", FloatFormat::Single);
    format(text, options, "DBL", "", FloatFormat::Double);
    format(text, options, "LDBL", "L", long_double);
    if target.float128.is_some() && matches!(target.arch, Arch::X86_64 | Arch::X86) {
        text.define("__SIZEOF_FLOAT128__", 16);
    }
    if !gcc {
        if target.arch == Arch::Aarch64 {
            format(text, options, "FLT16", "F16", FloatFormat::Half);
        }
        return;
    }
    if matches!(target.arch, Arch::X86_64 | Arch::X86) && options.version.0 >= 12
        || target.arch == Arch::Aarch64
    {
        format(text, options, "FLT16", "F16", FloatFormat::Half);
    }
    format(text, options, "FLT32", "F32", FloatFormat::Single);
    format(text, options, "FLT64", "F64", FloatFormat::Double);
    format(text, options, "FLT32X", "F32x", FloatFormat::Double);
    if target.float128.is_some() {
        format(text, options, "FLT128", "F128", FloatFormat::Quad);
        let wide = if long_double == FloatFormat::X87 { FloatFormat::X87 } else { FloatFormat::Quad };
        format(text, options, "FLT64X", "F64x", wide);
        if matches!(target.arch, Arch::X86_64 | Arch::X86) {
            text.define("__SIZEOF_FLOAT80__", target.long_double.size);
        }
    }
    decimals(text);
}

fn format(text: &mut Text, options: &Options, name: &str, suffix: &str, format: FloatFormat) {
    let gcc = options.compiler == Compiler::Gcc;
    let facts = facts(format);
    let mut define = |what: &str, body: String| text.define(&format!("__{name}_{what}__"), body);
    let exponent = |value: i32| if value < 0 { format!("({value})") } else { value.to_string() };
    define("DIG", facts.digits.to_string());
    define("DECIMAL_DIG", facts.decimal_digits.to_string());
    define("MANT_DIG", facts.mantissa.to_string());
    define("MIN_EXP", exponent(facts.min_exp));
    define("MAX_EXP", exponent(facts.max_exp));
    define("MIN_10_EXP", exponent(facts.min_10_exp));
    define("MAX_10_EXP", exponent(facts.max_10_exp));
    let number = |digits: &str| {
        if gcc && name == "DBL" { format!("((double){digits}L)") } else { format!("{digits}{suffix}") }
    };
    define("MAX", number(facts.max));
    define("MIN", number(facts.min));
    define("EPSILON", number(facts.epsilon));
    define("DENORM_MIN", number(facts.denormal));
    for what in ["HAS_DENORM", "HAS_INFINITY", "HAS_QUIET_NAN"] {
        define(what, "1".to_owned());
    }
    if gcc {
        define("NORM_MAX", number(facts.max));
        define("IS_IEC_60559", if options.version.0 >= 13 { "1" } else { "2" }.to_owned());
    }
}

/// Defines the macros of GCC's decimal types.
fn decimals(text: &mut Text) {
    for (bits, suffix, digits, exponent) in [(32, "DF", 7, 97), (64, "DD", 16, 385), (128, "DL", 34, 6145)] {
        let mut define = |what: &str, body: String| text.define(&format!("__DEC{bits}_{what}__"), body);
        let nines = "9".repeat(digits - 1);
        let zeros = "0".repeat(digits - 2);
        let min = 3 - exponent;
        define("MANT_DIG", digits.to_string());
        define("MIN_EXP", format!("({min})"));
        define("MAX_EXP", exponent.to_string());
        define("MIN", format!("1E{}{suffix}", min - 1));
        define("MAX", format!("9.{nines}E{}{suffix}", exponent - 1));
        define("EPSILON", format!("1E-{}{suffix}", digits - 1));
        define("SUBNORMAL_MIN", format!("0.{zeros}1E{}{suffix}", min - 1));
    }
    text.define("__DECIMAL_BID_FORMAT__", 1);
    text.define("__DEC_EVAL_METHOD__", 2);
}
