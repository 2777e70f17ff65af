/* Does what the first letter of its argument says: Linux ends the program for each but the last. */
static const int constant = 5;
static int variable = 7;

static int exit_with(int status) {
  register int v0 __asm__("$2") = 4001;
  register int a0 __asm__("$4") = status;
  __asm__ volatile("syscall" : "+r"(v0) : "r"(a0) : "$7", "memory");
  return v0;
}

static int deep(int count) {
  volatile char frame[2048];
  frame[count & 1023] = (char)count;
  return deep(count + 1) + frame[1];
}

void __attribute__((used)) begin(int *stack) {
  volatile int *target = &variable;
  switch (((char *)stack[2])[0]) {
    case 'n': target = (volatile int *)8; break;
    case 'g': target = (volatile int *)((unsigned)&begin + 0x9000); break;
    case 't': *(volatile int *)(unsigned)&begin = 1; break;
    case 'c': *(volatile int *)&constant = 1; break;
    case 's': exit_with(deep(0)); break;
  }
  exit_with(*target);
}

__asm__(".globl __start\n.ent __start\n__start: .set noreorder\n move $4, $29\n addiu $29, $29, -32\n jal begin\n nop\n.set reorder\n.end __start\n");
