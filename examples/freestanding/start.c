/*
 * Program entry for o32 Linux. The kernel enters with $sp at argc, followed by argv[] and envp[]; there is nothing to
 * return to. The o32 ABI wants 16 bytes of argument space above a stack pointer aligned to 8.
 */
#include "linux.h"

__asm__(".text\n"
        ".globl _start\n"
        ".type _start, @function\n"
        ".ent _start\n"
        "_start:\n"
        "  move $fp, $zero\n"
        "  move $ra, $zero\n"
        "  move $a0, $sp\n"
        "  addiu $sp, $sp, -32\n"
        "  srl $sp, $sp, 3\n"
        "  sll $sp, $sp, 3\n"
        "  jal start_with_stack\n"
        "  break\n"
        ".end _start\n"
        ".size _start, . - _start\n");

int main(int argc, char **argv);

__attribute__((used, noreturn)) void start_with_stack(long *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1);
  linux_exit(main(argc, argv));
}
