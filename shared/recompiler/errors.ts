/** What the recompiler throws. Obstacles in the guest's code are results, not errors: they are reported by function. */

export type RecompilerErrorCategory = "parsing_input" | "recompiler";

/** Facts about an error, fit to store and show. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

export interface RecompilerErrorOptions extends ErrorOptions {
  readonly category?: RecompilerErrorCategory;
  readonly details?: ErrorDetails;
}

/** Base of everything this room throws. None is worth a retry: the same bytes fail the same way. */
export class RecompilerError extends Error {
  override readonly name: string = "RecompilerError";
  /** Stable, such as `elf_malformed`. */
  readonly code: string;
  readonly category: RecompilerErrorCategory;
  readonly retryable = false;
  readonly details: ErrorDetails;
  constructor(code: string, message: string, options: RecompilerErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.category = options.category ?? "recompiler";
    this.details = options.details ?? {};
  }
}

/** What of a symbol file is not as it must be. */
export interface SymbolFileFault {
  /** `line 12`, `section 0, function 3: vram`. */
  readonly where: string;
  readonly expected: string;
  readonly found: string;
  /** What the user can do about it, where that is known. */
  readonly advice?: string;
}

/** A symbol file of no known form, or one that breaks its form or is not for the program. */
export class SymbolFileError extends RecompilerError {
  override readonly name = "SymbolFileError";

  readonly #fault: SymbolFileFault;

  /** @param file what messages call it, such as its path */
  constructor(fault: SymbolFileFault, file?: string) {
    const { where, expected, found, advice } = fault;
    const place = file === undefined ? where : `${file}: ${where}`;
    const remedy = advice === undefined ? "" : `; ${advice}`;
    super("symbol_file_unusable", `${place}: expected ${expected}, found ${found}${remedy}`, {
      category: "parsing_input",
      details: { where, expected, found },
    });
    this.#fault = fault;
  }

  /** The same, of a file by its name. */
  of(file: string): SymbolFileError {
    return new SymbolFileError(this.#fault, file);
  }
}

/** One field of an ELF file that is not as it must be. */
export interface ElfFieldProblem {
  /** As the ELF specification names it, with its table entry: `e_machine`, `program header 2 p_filesz`. */
  readonly field: string;
  /** Byte offset of the field in the file. */
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
  /** What the user can do about it, where that is known. */
  readonly advice?: string;
}

/**
 * The file is no ELF executable this recompiler can load: `elf_malformed` where it breaks the format,
 * `elf_unsupported` where it is something else (64-bit, another machine, dynamically linked).
 */
export class ElfError extends RecompilerError {
  override readonly name = "ElfError";
  override readonly code: "elf_malformed" | "elf_unsupported";
  readonly #problem: ElfFieldProblem;

  /** @param file what messages call it, such as its path */
  constructor(code: "elf_malformed" | "elf_unsupported", problem: ElfFieldProblem, file?: string) {
    const { field, offset, expected, found, advice } = problem;
    const where = `${field} at file offset 0x${offset.toString(16)}`;
    const remedy = advice === undefined ? "" : `; ${advice}`;
    super(code, `${file === undefined ? "" : `${file}: `}ELF ${where}: expected ${expected}, found ${found}${remedy}`, {
      category: "parsing_input",
      details: { field, offset, expected, found },
    });
    this.code = code;
    this.#problem = problem;
  }

  /** The same, of a file by its name. */
  of(file: string): ElfError {
    return new ElfError(this.code, this.#problem, file);
  }
}
