 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: li $s1,0
1: li $s0,0
 li $t0,8
 subu $t0,$t0,$s1
 sll $t0,$t0,2
 la $t1,base
 addu $t1,$t1,$t0
 jr $t1
 nop
base: addiu $s0,$s0,1
 addiu $s0,$s0,1
 addiu $s0,$s0,1
 addiu $s0,$s0,1
 addiu $s0,$s0,1
 addiu $s0,$s0,1
 addiu $s0,$s0,1
 addiu $s0,$s0,1
 jal phex
 move $a0,$s0
 addiu $s1,$s1,1
 sltiu $t0,$s1,9
 bne $t0,$zero,1b
 nop
 j bye
 nop
 .size _start,.-_start
