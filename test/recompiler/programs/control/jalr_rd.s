 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: la $t9,h
 jalr $s7,$t9
 li $s0,1
 jal phex
 move $a0,$s0
 la $t9,k
 jalr $t8,$t9
 nop
 jal phex
 move $a0,$s0
 j bye
 nop
 .size _start,.-_start
 .type h,@function
h: jr $s7
 addiu $s0,$s0,0x10
 .size h,.-h
 .type k,@function
k: addiu $s0,$s0,0x100
 jr $t8
 nop
 .size k,.-k
