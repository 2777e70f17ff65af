 # phex prints a0 as eight digits and a newline; bye exits with 0.
 .set noreorder
 .set macro
 .text
 .globl phex
 .type phex,@function
 .ent phex
phex: addiu $sp,$sp,-32
 li $t0,8
 addiu $t1,$sp,16
1: srl $t2,$a0,28
 sll $a0,$a0,4
 sltiu $t3,$t2,10
 bne $t3,$zero,2f
 addiu $t2,$t2,48
 addiu $t2,$t2,39
2: sb $t2,0($t1)
 addiu $t0,$t0,-1
 bne $t0,$zero,1b
 addiu $t1,$t1,1
 li $t2,10
 sb $t2,0($t1)
 li $a0,1
 addiu $a1,$sp,16
 li $a2,9
 li $v0,4004
 syscall
 jr $ra
 addiu $sp,$sp,32
 .end phex
 .size phex,.-phex
 .globl bye
 .type bye,@function
bye: li $a0,0
 li $v0,4001
 syscall
 b bye
 nop
 .size bye,.-bye
