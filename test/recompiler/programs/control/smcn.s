 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: la $t0,patch
 li $t1,0x24040042
 sw $t1,0($t0)
 jal tgt
 nop
 jal phex
 nop
 j bye
 nop
 .size _start,.-_start
 .type tgt,@function
tgt: nop
patch: li $a0,0x17
 jr $ra
 nop
 .size tgt,.-tgt
