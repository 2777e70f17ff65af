#include <stdio.h>
#include <stdlib.h>

struct node { int value; struct node *next; };

int main(void) {
  struct node *head = NULL;
  for (int i = 0; i < 50; i++) {
    struct node *made = malloc(sizeof *made), **at = &head;
    made->value = i * 37 % 50;
    while (*at && (*at)->value < made->value) at = &(*at)->next;
    made->next = *at;
    *at = made;
  }
  struct node *back = NULL;
  while (head) {
    struct node *next = head->next;
    head->next = back;
    back = head;
    head = next;
  }
  for (struct node *each = back; each; each = each->next) printf("%d ", each->value);
  putchar('\n');
  return 0;
}
