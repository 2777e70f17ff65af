 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: jal f
 nop
 jal phex
 move $a0,$s0
 j bye
 nop
 .size _start,.-_start
 .type f,@function
f: move $t0,$ra
 li $s0,0x33
 jr $t0
 nop
 .size f,.-f
