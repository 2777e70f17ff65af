 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: la $s1,dat
 li $s2,0
1: addu $t0,$s1,$s2
 li $v0,0x11223344
 beq $zero,$zero,2f
 lwl $v0,0($t0)
2: move $s3,$v0
 li $v0,0x11223344
 lwr $v0,0($t0)
 jal phex
 move $a0,$v0
 jal phex
 move $a0,$s3
 addu $t0,$s1,$s2
 lwl $t0,3($t0)
 jal phex
 move $a0,$t0
 addu $t0,$s1,$s2
 li $t1,0xa1b2c3d4
 swl $t1,8($t0)
 swr $t1,20($t0)
 lw $a0,8($s1)
 jal phex
 nop
 lw $a0,20($s1)
 jal phex
 nop
 addiu $s2,$s2,1
 sltiu $t0,$s2,4
 bne $t0,$zero,1b
 nop
 j bye
 nop
 .size _start,.-_start
 .data
dat: .byte 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28
