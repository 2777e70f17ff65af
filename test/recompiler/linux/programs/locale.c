#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  printf("%s\n", setlocale(LC_ALL, ""));
  printf("%s\n", setlocale(LC_ALL, "de_DE.UTF-8") ? "there" : "-");
  struct lconv *how = localeconv();
  printf("[%s] [%s] %s\n", how->decimal_point, how->thousands_sep, nl_langinfo(CODESET));
  printf("%s %s\n", nl_langinfo(DAY_1), nl_langinfo(MON_12));
  return strcoll("a", "b") < 0;
}
