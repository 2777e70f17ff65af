 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: li $s0,0
 li $s1,3
1: beq $s1,$zero,2f
3: addiu $s0,$s0,5
 addiu $s1,$s1,-1
 b 1b
 addiu $s0,$s0,100
2: li $t0,0
 bne $s2,$zero,4f
 li $s2,1
 b 3b
 li $s1,2
4: jal phex
 move $a0,$s0
 j bye
 nop
 .size _start,.-_start
