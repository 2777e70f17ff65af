 .set noreorder
 .set macro
 .text
 .globl _start
 .type _start,@function
 .globl __start
 .set __start,_start
_start: .set noreorder
 li $s0,0
 li $t0,1
 beql $t0,$zero,1f
 addiu $s0,$s0,1
 bnel $t0,$zero,2f
 addiu $s0,$s0,2
1: addiu $s0,$s0,0x100
2: bltzall $t0,3f
 addiu $s0,$s0,4
 bgezall $t0,3f
 addiu $s0,$s0,8
 jal phex
 move $a0,$s0
 bgtzl $t0,4f
 addiu $s0,$s0,0x10
4: blezl $t0,5f
 addiu $s0,$s0,0x20
5: jal phex
 move $a0,$s0
 j bye
 nop
 .size _start,.-_start
 .type l3,@function
l3:
3: jr $ra
 addiu $s0,$s0,0x1000
 .size l3,.-l3
