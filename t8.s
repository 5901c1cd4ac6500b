	.file	"t8.c"
	.text
	.globl	f
	.type	f, @function
f:
.LFB0:
	.cfi_startproc
	movq	(%rdi), %rax
	movzwl	8(%rdi), %ecx
	movq	%rcx, %rdx
	ret
	.cfi_endproc
.LFE0:
	.size	f, .-f
	.globl	g
	.type	g, @function
g:
.LFB1:
	.cfi_startproc
	movq	%rdi, (%rdx)
	movw	%si, 8(%rdx)
	ret
	.cfi_endproc
.LFE1:
	.size	g, .-g
	.ident	"GCC: (Debian 16.2.0-3) 16.2.0"
	.section	.note.GNU-stack,"",@progbits
