 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: jal th
 li $s0,1
 jal phex
 move $a0,$s0
 jal ft
 nop
 jal phex
 move $a0,$s0
 j bye
 nop
 .size _start,.-_start
 .type th,@function
th: b ft2
 nop
 .size th,.-th
 .type ft,@function
ft: addiu $s0,$s0,0x10
 .size ft,.-ft
 .type ft2,@function
ft2: addiu $s0,$s0,0x100
 jr $ra
 nop
 .size ft2,.-ft2
