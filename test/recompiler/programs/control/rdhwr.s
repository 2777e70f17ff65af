 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: li $a0,0x12345678
 li $v0,4283
 syscall
 .set push
 .set mips32r2
 rdhwr $v1,$29
 .set pop
 jal phex
 move $a0,$v1
 .set push
 .set mips32r2
 rdhwr $s1,$1
 rdhwr $s2,$0
 .set pop
 jal phex
 move $a0,$s1
 j bye
 nop
 .size _start,.-_start
