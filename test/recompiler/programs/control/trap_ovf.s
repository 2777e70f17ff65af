 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: jal phex
 li $a0,1
 li $t0,0x7fffffff
 addi $t0,$t0,1
 j bye
 nop
 .size _start,.-_start
