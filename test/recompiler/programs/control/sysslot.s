 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: li $a0,0
 jal phex
 li $a0,3
 li $v0,4001
 b 1f
 syscall
1: j bye
 nop
 .size _start,.-_start
