 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: li $s0,1
 beq $s0,$zero,1f
 li $s0,0
 addiu $s1,$zero,7
1: move $a0,$s1
 jal phex
 addu $a0,$a0,$s0
 la $t9,f
 jal g
 move $s3,$ra
 move $a0,$s3
 la $t0,_start
 subu $a0,$a0,$t0
 jal phex
 nop
 la $t9,f
 jalr $t9
 la $t9,g
 j bye
 nop
 .size _start,.-_start
 .set macro
 .type f,@function
f: li $a0,0x11
 j phex
 nop
 .size f,.-f
 .type g,@function
g: jr $ra
 nop
 .size g,.-g
