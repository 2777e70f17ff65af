 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: la $s7,jb
 jal sj
 nop
 move $s6,$v0
 jal phex
 move $a0,$s6
 bne $s6,$zero,1f
 nop
 jal deep
 li $a0,3
 jal phex
 li $a0,0xbad
1: j bye
 nop
 .size _start,.-_start
 .type sj,@function
sj: sw $ra,0($s7)
 sw $sp,4($s7)
 jr $ra
 li $v0,0
 .size sj,.-sj
 .type lj,@function
lj: lw $ra,0($s7)
 lw $sp,4($s7)
 jr $ra
 li $v0,9
 .size lj,.-lj
 .type deep,@function
deep: addiu $sp,$sp,-24
 sw $ra,16($sp)
 beq $a0,$zero,1f
 nop
 jal deep
 addiu $a0,$a0,-1
 b 2f
 nop
1: jal lj
 nop
2: lw $ra,16($sp)
 jr $ra
 addiu $sp,$sp,24
 .size deep,.-deep
 .bss
jb: .space 16
