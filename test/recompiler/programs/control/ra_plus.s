 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: jal f
 nop
 li $s0,0xbad
 nop
 jal phex
 move $a0,$s0
 j bye
 nop
 .size _start,.-_start
 .type f,@function
f: li $s0,0x33
 addiu $ra,$ra,8
 jr $ra
 nop
 .size f,.-f
