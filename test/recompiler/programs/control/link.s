 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: la $s4,_start
 li $ra,0
 li $t0,5
 bltzal $t0,h
 nop
 subu $s0,$ra,$s4
 li $t0,-5
 bgezal $t0,h
 nop
 subu $s1,$ra,$s4
 bgezal $zero,h
 nop
 jal phex
 move $a0,$s0
 jal phex
 move $a0,$s1
 jal phex
 move $a0,$s2
 j bye
 nop
 .size _start,.-_start
 .type h,@function
h: jr $ra
 li $s2,0x77
 .size h,.-h
