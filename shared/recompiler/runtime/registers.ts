/** The registers of whoever makes a system call, by number. */
export interface RegisterFile {
  get(register: number): number;
  set(register: number, value: number): void;
}
