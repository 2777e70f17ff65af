#include "text.h"
#include "uuid.h"

static int digit_of(char byte) {
  if (byte >= '0' && byte <= '9')
    return byte - '0';
  byte |= 0x20;
  return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

int read_uuid(const char *text, Uuid *uuid) {
  u64 half[2] = {0, 0};
  for (int i = 0; i < 36; i++) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-')
        return 0;
      continue;
    }
    int digit = digit_of(text[i]);
    if (digit < 0)
      return 0;
    half[i > 18] = half[i > 18] << 4 | (u64)digit;
  }
  uuid->high.bits = half[0];
  uuid->low.bits = half[1];
  return text[36] == 0;
}

void put_uuid(Uuid uuid) {
  put_hex(uuid.high.bits >> 32, 8);
  put_byte('-');
  put_hex(uuid.high.bits >> 16, 4);
  put_byte('-');
  put_hex(uuid.high.bits, 4);
  put_byte('-');
  put_hex(uuid.low.bits >> 48, 4);
  put_byte('-');
  put_hex(uuid.low.bits, 12);
}

/* Hinnant's algorithm on eras of 400 years: days since 1970-01-01, which may be before it. */
static void put_date(s64 days) {
  days += 719468;
  s64 era = (days >= 0 ? days : days - 146096) / 146097;
  u32 day_of_era = (u32)(days - era * 146097);
  u32 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  u32 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  u32 month = (5 * day_of_year + 2) / 153;
  u32 day = day_of_year - (153 * month + 2) / 5 + 1;
  put_padded((u64)(era * 400) + year_of_era + (month >= 10), 4);
  put_byte('-');
  put_padded(month < 10 ? month + 3 : month - 9, 2);
  put_byte('-');
  put_padded(day, 2);
}

/* In units of 100 ns since 1970; negative before. */
static void put_time(s64 units) {
  const s64 a_day = 864000000000;
  s64 days = units / a_day;
  if (units % a_day < 0)
    days--;
  u64 rest = (u64)(units - days * a_day);
  put_date(days);
  put_byte('T');
  put_padded(rest / 36000000000, 2);
  put_byte(':');
  put_padded(rest / 600000000 % 60, 2);
  put_byte(':');
  put_padded(rest / 10000000 % 60, 2);
  put_byte('.');
  put_padded(rest % 10000000, 7);
  put_byte('Z');
}

/* From the Gregorian calendar's first day, 1582-10-15, to 1970, in units of 100 ns. */
static const s64 GREGORIAN = 122192928000000000;

static void put_node(UuidLow low) {
  put_text("  clock ");
  put_unsigned(low.node.clock);
  put_text("  node ");
  for (int shift = 40; shift >= 0; shift -= 8) {
    put_hex(low.node.node >> shift, 2);
    if (shift > 0)
      put_byte(':');
  }
}

static void describe_version(Uuid uuid) {
  u32 version = (u32)uuid.high.unix.version;
  put_byte('v');
  put_unsigned(version);
  switch (version) {
  case 1: {
    u64 high = uuid.high.gregorian.high, middle = uuid.high.gregorian.middle;
    put_text("  ");
    put_time((s64)(high << 48 | middle << 32 | uuid.high.gregorian.low) - GREGORIAN);
    put_node(uuid.low);
    break;
  }
  case 6: {
    u64 high = uuid.high.sorted.high, middle = uuid.high.sorted.middle;
    put_text("  ");
    put_time((s64)(high << 28 | middle << 12 | uuid.high.sorted.low) - GREGORIAN);
    put_node(uuid.low);
    break;
  }
  case 7:
    put_text("  ");
    put_time((s64)uuid.high.unix.milliseconds * 10000);
    break;
  case 3:
    put_text("  MD5 of a name");
    break;
  case 4:
    put_text("  random");
    break;
  case 5:
    put_text("  SHA-1 of a name");
    break;
  case 8:
    put_text("  of its maker's own kind");
    break;
  default:
    put_text("  not defined");
  }
}

void describe_uuid(Uuid uuid) {
  put_uuid(uuid);
  put_text("  ");
  if ((uuid.high.bits | uuid.low.bits) == 0)
    put_text("nil");
  else if ((uuid.high.bits & uuid.low.bits) == ~0ULL)
    put_text("max");
  else if (uuid.low.node.variant == VARIANT_RFC)
    describe_version(uuid);
  else
    put_text(uuid.low.node.variant < VARIANT_RFC ? "NCS" : uuid.low.bits >> 61 == 6 ? "Microsoft" : "reserved");
  put_byte('\n');
}
