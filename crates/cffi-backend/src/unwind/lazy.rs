//! The stack unwinder, loaded on its first use.
//!
//! Only a panic, a C++ exception that passes a call, or the forced end of a thread needs the functions of
//! `libgcc_s.so.1`, but loading it with the extension takes a third of the time of an import. So their names are
//! defined here, for this extension alone: each is a jump through a table, which is filled by `dlopen` and `dlsym`. The
//! rest of the process uses this library too, and has to, since an unwinder's own structures pass between all of them.
//! They are jumps, because some of these functions look at the frame of their caller.

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

/// Defines the jumps and the list of names, in the same order.
macro_rules! functions {
    ($($index:literal $name:literal)*) => {
        std::arch::global_asm!(
            ".pushsection .text.ferrocffi_unwind,\"ax\",@progbits",
            $(
                concat!(".globl ", $name),
                concat!(".hidden ", $name),
                concat!(".type ", $name, ",@function"),
                ".balign 16",
                concat!($name, ":"),
                ".cfi_startproc",
                concat!("mov r11, qword ptr [rip + {table} + 8 * ", $index, "]"),
                "test r11, r11",
                "jz 2f",
                "jmp r11",
                "2:",
                concat!("mov r11d, ", $index),
                "jmp 3f",
                ".cfi_endproc",
                concat!(".size ", $name, ", . - ", $name),
            )*
            // All arguments are saved, which leaves the stack aligned for the call.
            "3:",
            ".cfi_startproc",
            "push rdi", ".cfi_adjust_cfa_offset 8",
            "push rsi", ".cfi_adjust_cfa_offset 8",
            "push rdx", ".cfi_adjust_cfa_offset 8",
            "push rcx", ".cfi_adjust_cfa_offset 8",
            "push r8", ".cfi_adjust_cfa_offset 8",
            "push r9", ".cfi_adjust_cfa_offset 8",
            "push r11", ".cfi_adjust_cfa_offset 8",
            "mov rdi, r11",
            "call {find}",
            "mov r11, rax",
            "pop rax", ".cfi_adjust_cfa_offset -8",
            "pop r9", ".cfi_adjust_cfa_offset -8",
            "pop r8", ".cfi_adjust_cfa_offset -8",
            "pop rcx", ".cfi_adjust_cfa_offset -8",
            "pop rdx", ".cfi_adjust_cfa_offset -8",
            "pop rsi", ".cfi_adjust_cfa_offset -8",
            "pop rdi", ".cfi_adjust_cfa_offset -8",
            "jmp r11",
            ".cfi_endproc",
            ".popsection",
            table = sym TABLE,
            find = sym find,
        );

        const NAMES: &[&CStr] = &[$(
            match CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("one NUL, at the end"),
            },
        )*];

        static TABLE: [AtomicPtr<c_void>; NAMES.len()] = [const { AtomicPtr::new(std::ptr::null_mut()) }; NAMES.len()];
    };
}

// Every function that the standard library refers to, except `_Unwind_GetLanguageSpecificData`, which is in `ending`.
// If one is missing here, the extension depends on the library again, which `tests/module` detects.
functions! {
    0 "_Unwind_RaiseException"
    1 "_Unwind_Resume"
    2 "_Unwind_DeleteException"
    3 "_Unwind_Backtrace"
    4 "_Unwind_GetRegionStart"
    5 "_Unwind_GetTextRelBase"
    6 "_Unwind_GetDataRelBase"
    7 "_Unwind_GetIP"
    8 "_Unwind_GetIPInfo"
    9 "_Unwind_SetGR"
    10 "_Unwind_SetIP"
    11 "_Unwind_GetCFA"
    12 "_Unwind_FindEnclosingFunction"
}

/// Returns the address of a function, which is kept in its place. Threads that come simultaneously find one address.
extern "C" fn find(index: usize) -> *mut c_void {
    let name = NAMES.get(index).copied().unwrap_or_default();
    let found = super::ending::address(name);
    if let Some(place) = TABLE.get(index) {
        place.store(found, Ordering::Release);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    struct Noted<'a>(&'a Cell<u32>);

    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    #[inline(never)]
    fn fails(noted: &Cell<u32>, depth: u32) {
        let _noted = Noted(noted);
        if depth == 0 {
            panic!("on purpose");
        }
        fails(noted, depth - 1);
    }

    #[test]
    fn a_panic_unwinds_through_the_table() {
        let noted = Cell::new(0);
        for round in 1..=2 {
            let caught = catch_unwind(AssertUnwindSafe(|| fails(&noted, 4)));
            assert_eq!(caught.err().and_then(|e| e.downcast_ref::<&str>().copied()), Some("on purpose"));
            assert_eq!(noted.get(), round * 5);
        }
        let found = |name: &CStr| {
            let index = NAMES.iter().position(|n| *n == name);
            index.is_some_and(|i| !TABLE[i].load(Ordering::Acquire).is_null())
        };
        assert!(found(c"_Unwind_RaiseException") && found(c"_Unwind_Resume"));
    }
}
