 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: jal phex
 li $a0,1
 teq $zero,$zero,7
 j bye
 nop
 .size _start,.-_start
