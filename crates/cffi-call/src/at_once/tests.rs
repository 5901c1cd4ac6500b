//! Tests with code that compilers make of short functions, and with code that must never be accepted.

use super::{Flow, Tail, Unknown, aarch64, bounded, x86_64};

fn tail_on_x86_64(code: &[u8]) -> Result<Option<Tail>, Unknown> {
    // Beyond the code, an instruction that is not known.
    bounded(|at| x86_64::decode(|i| code.get(i).copied().unwrap_or(0xCC), at))
}

fn on_x86_64(code: &[u8]) -> bool {
    tail_on_x86_64(code) == Ok(None)
}

fn on_aarch64(code: &[u32]) -> bool {
    bounded(|at| aarch64::decode(code.get(at / 4).copied().unwrap_or(0), at)) == Ok(None)
}

#[test]
fn short_functions_of_x86_64_return_at_once() {
    // lea eax, [rdi+1]; ret
    assert!(on_x86_64(&[0x8D, 0x47, 0x01, 0xC3]));
    // endbr64; mulsd xmm0, [rip+0xe84]; ret
    assert!(on_x86_64(&[0xF3, 0x0F, 0x1E, 0xFA, 0xF2, 0x0F, 0x59, 0x05, 0x84, 0x0E, 0, 0, 0xC3]));
    // push rbp; mov rbp, rsp; mov [rbp-4], edi; mov eax, [rbp-4]; add eax, 1; pop rbp; ret
    assert!(on_x86_64(&[
        0x55, 0x48, 0x89, 0xE5, 0x89, 0x7D, 0xFC, 0x8B, 0x45, 0xFC, 0x83, 0xC0, 0x01, 0x5D, 0xC3
    ]));
    // movabs rax, 0x1122334455667788; ret
    assert!(on_x86_64(&[0x48, 0xB8, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0xC3]));
    // mov rax, fs:0; add rax, [rip+x]; ret
    assert!(on_x86_64(&[0x64, 0x48, 0x8B, 0x04, 0x25, 0, 0, 0, 0, 0x48, 0x03, 0x05, 0x10, 0, 0, 0, 0xC3]));
    // mov word [rdi], 5; ret
    assert!(on_x86_64(&[0x66, 0xC7, 0x07, 0x05, 0x00, 0xC3]));
}

#[test]
fn forward_jumps_are_followed() {
    // test edi, edi; js +4; mov eax, edi; ret; neg edi; mov eax, edi; ret
    let absolute = [0x85, 0xFF, 0x78, 0x03, 0x89, 0xF8, 0xC3, 0xF7, 0xDF, 0x89, 0xF8, 0xC3];
    assert!(on_x86_64(&absolute));
    // The second part calls: neg edi; call; ret
    assert!(!on_x86_64(&[0x85, 0xFF, 0x78, 0x03, 0x89, 0xF8, 0xC3, 0xF7, 0xDF, 0xE8, 0, 0, 0, 0, 0xC3]));
    // jmp over bytes that are no instructions; ret
    assert!(on_x86_64(&[0xEB, 0x02, 0xCC, 0xCC, 0xC3]));
    // A jump into the middle of an instruction: jz +1; mov eax, 0xC3C3C3C3; ret
    assert!(!on_x86_64(&[0x74, 0x01, 0xB8, 0xC3, 0xC3, 0xC3, 0xC3, 0xC3]));
}

#[test]
fn a_function_may_continue_as_another_one() {
    // jmp +0x100; jmp -0x10; endbr64, jmp [rip+0x10]; endbr64, bnd jmp [rip+0x10]
    assert_eq!(tail_on_x86_64(&[0xE9, 0, 1, 0, 0]), Ok(Some(Tail::At(0x105))));
    assert_eq!(tail_on_x86_64(&[0xE9, 0xF0, 0xFF, 0xFF, 0xFF]), Ok(Some(Tail::At(-11))));
    let stub = [0xF3, 0x0F, 0x1E, 0xFA, 0xFF, 0x25, 0x10, 0, 0, 0];
    assert_eq!(tail_on_x86_64(&stub), Ok(Some(Tail::Through(0x1A))));
    let marked = [0xF3, 0x0F, 0x1E, 0xFA, 0xF2, 0xFF, 0x25, 0x10, 0, 0, 0];
    assert_eq!(tail_on_x86_64(&marked), Ok(Some(Tail::Through(0x1B))));
    // test edi, edi; jz +5; jmp +0x100; jmp +0x200: two other functions are too many.
    assert_eq!(tail_on_x86_64(&[0x85, 0xFF, 0x74, 5, 0xE9, 0, 1, 0, 0, 0xE9, 0, 2, 0, 0]), Err(Unknown));
}

#[test]
fn what_can_take_long_is_refused_on_x86_64() {
    // call rel32; ret
    assert!(!on_x86_64(&[0xE8, 0, 0, 0, 0, 0xC3]));
    // call [rip+0]; call rax; jmp rax; jmp [rip+0]
    for code in
        [&[0xFF, 0x15, 0, 0, 0, 0, 0xC3][..], &[0xFF, 0xD0, 0xC3], &[0xFF, 0xE0], &[0xFF, 0x25, 0, 0, 0, 0]]
    {
        assert!(!on_x86_64(code), "{code:x?}");
    }
    // syscall; int 0x80; sysenter
    for code in [&[0x0F, 0x05, 0xC3][..], &[0xCD, 0x80, 0xC3], &[0x0F, 0x34, 0xC3]] {
        assert!(!on_x86_64(code), "{code:x?}");
    }
    // A loop: dec edi; jnz -4; ret. A jump to itself.
    assert!(!on_x86_64(&[0xFF, 0xCF, 0x75, 0xFC, 0xC3]));
    assert!(!on_x86_64(&[0xEB, 0xFE]));
    // rep movsb; ret. pause; ret. A tail call to another function, before and behind this one.
    for code in
        [&[0xF3, 0xA4, 0xC3][..], &[0xF3, 0x90, 0xC3], &[0xE9, 0, 1, 0, 0], &[0xE9, 0xF0, 0xFF, 0xFF, 0xFF]]
    {
        assert!(!on_x86_64(code), "{code:x?}");
    }
    // lock inc [rdi]; xchg [rdi], eax; fsqrt; hlt; ud2; vzeroupper
    for code in [
        &[0xF0, 0xFF, 0x07, 0xC3][..],
        &[0x87, 0x07, 0xC3],
        &[0xD9, 0xFA, 0xC3],
        &[0xF4],
        &[0x0F, 0x0B],
        &[0xC5, 0xF8, 0x77, 0xC3],
    ] {
        assert!(!on_x86_64(code), "{code:x?}");
    }
    // No end in sight.
    assert!(!on_x86_64(&[0x90; 4096]));
    assert!(!on_x86_64(&[]));
}

#[test]
fn every_text_of_bytes_ends_in_an_answer() {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut code = [0u8; 64];
    for _ in 0..20_000 {
        for byte in &mut code {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            *byte = seed as u8;
        }
        // Accepted code has a return within its code.
        if on_x86_64(&code) {
            assert!(code.contains(&0xC3), "{code:x?}");
        }
    }
}

#[test]
fn short_functions_of_aarch64_return_at_once() {
    // add w0, w0, #1; ret
    assert!(on_aarch64(&[0x1100_0400, 0xD65F_03C0]));
    // bti c; fmul d0, d0, d1; ret
    assert!(on_aarch64(&[0xD503_245F, 0x1E61_0800, 0xD65F_03C0]));
    // ldr w1, [x0]; str w1, [x0, #4]; ldp x0, x1, [x0]; ldr x0, [x0, x1, lsl #3]; ret
    assert!(on_aarch64(&[0xB940_0001, 0xB900_0401, 0xA940_0400, 0xF861_7800, 0xD65F_03C0]));
    // cbz w0, +8; ret; mov w0, #1; ret
    assert!(on_aarch64(&[0x3400_0040, 0xD65F_03C0, 0x5280_0020, 0xD65F_03C0]));
}

#[test]
fn what_can_take_long_is_refused_on_aarch64() {
    // bl; blr x0; br x0; svc #0; wfe; wfi; b to itself; cbnz w0, -4; ldxr; ldadd; udf
    for word in [
        0x9400_0001,
        0xD63F_0000,
        0xD61F_0000,
        0xD400_0001,
        0xD503_205F,
        0xD503_207F,
        0x1400_0000,
        0x35FF_FFE0,
        0x885F_7C00,
        0xB821_0001,
        0x0000_0000,
    ] {
        assert!(!on_aarch64(&[word, 0xD65F_03C0]), "{word:#x}");
    }
}

#[test]
fn distances_are_signed() {
    assert_eq!(aarch64::decode(0x3400_0040, 8), Some((12, Flow::Branch(16))));
    assert_eq!(aarch64::decode(0x17FF_FFFF, 8), Some((12, Flow::Jump(4))));
    assert_eq!(aarch64::decode(0x17FF_FFFF, 0), Some((4, Flow::Jump(-4))));
    assert_eq!(x86_64::decode(|i| [0x74, 0xFE][i], 0), Some((2, Flow::Branch(0))));
}

#[test]
fn memory_of_the_thread_is_seen_behind_any_prefixes() {
    let uses = |code: &[u8]| x86_64::uses_thread(|i| code.get(i).copied().unwrap_or(0xCC), 0);
    // mov rax, fs:0; mov word fs:[rax], 5; mov rax, [rdi]; mov word [rdi], 5
    assert!(uses(&[0x64, 0x48, 0x8B, 0x04, 0x25, 0, 0, 0, 0]));
    assert!(uses(&[0x66, 0x64, 0xC7, 0x00, 0x05, 0x00]));
    assert!(!uses(&[0x48, 0x8B, 0x07]));
    assert!(!uses(&[0x66, 0xC7, 0x07, 0x64, 0x64]));
}
