//! Appending to a text without the machinery of `write!`, which takes longer than all else for sources of many functions.

/// Appends texts and numbers to a `String`.
macro_rules! put {
    ($out:expr, $($part:expr),+ $(,)?) => {{
        let out: &mut String = $out;
        $($crate::c::put::Put::put(&$part, out);)+
    }};
}
pub(super) use put;

/// Something that can be appended to a text.
pub(super) trait Put {
    fn put(&self, out: &mut String);
}

impl Put for &str {
    #[inline]
    fn put(&self, out: &mut String) {
        out.push_str(self);
    }
}

impl Put for &String {
    #[inline]
    fn put(&self, out: &mut String) {
        out.push_str(self);
    }
}

impl Put for u32 {
    #[inline]
    fn put(&self, out: &mut String) {
        (*self as usize).put(out);
    }
}

impl Put for usize {
    #[inline]
    fn put(&self, out: &mut String) {
        if *self < 10 {
            out.push(char::from(b'0' + *self as u8));
        } else {
            many_digits(*self, out);
        }
    }
}

fn many_digits(mut number: usize, out: &mut String) {
    let (mut digits, mut start) = ([b'0'; 20], 20);
    while number > 0 && start > 0 {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.push_str(std::str::from_utf8(&digits[start..]).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_and_texts() {
        let mut out = String::new();
        put!(&mut out, "a", 0usize, ", ", 7u32, ", ", usize::MAX, &String::from("."));
        assert_eq!(out, format!("a0, 7, {}.", usize::MAX));
    }
}
