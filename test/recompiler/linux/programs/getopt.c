#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **args) {
  int each;
  while ((each = getopt(count, args, "vn:x")) != -1) printf("%c %s\n", each, optarg ? optarg : "-");
  for (int i = optind; i < count; i++) printf("rest %s\n", args[i]);
  static char *words[] = {"program", "--size=12", "--all", "--name", "value", "free", "--none", NULL};
  static const struct option options[] = {{"size", required_argument, 0, 's'}, {"all", no_argument, 0, 'a'}, {"name", required_argument, 0, 'n'}, {0}};
  optind = 0;
  opterr = 0;
  while ((each = getopt_long(7, words, "", options, NULL)) != -1) printf("%c %s\n", each, optarg ? optarg : "-");
  printf("%s\n", words[optind]);
  return 0;
}
