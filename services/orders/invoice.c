/* The rules of invoices. */
#include "invoice.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *mark;               /* in the number */
} kinds[] = {{"", ""}, {"invoice", "INV"}, {"credit_note", "CRN"}};

const char *invoice_kind_name(enum invoice_kind kind)
{
    return kinds[kind].name;
}

enum invoice_kind invoice_kind_of(const char *name)
{
    return strcmp(name, kinds[INVOICE_KIND_CREDIT_NOTE].name) == 0 ? INVOICE_KIND_CREDIT_NOTE : INVOICE_KIND_INVOICE;
}

bool invoice_is_due(const char *const *statuses, size_t count)
{
    static const char *const due[] = {"paid", "partly_shipped", "shipped", "delivered"};
    for (size_t i = 0; i < count; i++)
        for (size_t d = 0; d < sizeof(due) / sizeof(due[0]); d++)
            if (strcmp(statuses[i], due[d]) == 0)
                return true;
    return false;
}

void invoice_number_format(enum invoice_kind kind, const char country_code[2], int64_t sequence,
                           char out[INVOICE_NUMBER_SIZE])
{
    snprintf(out, INVOICE_NUMBER_SIZE, "%.2s-%s-%06lld", country_code, kinds[kind].mark, (long long)sequence);
}

int64_t invoice_credit_vat(int64_t total_minor, int64_t vat_minor, struct invoice_credited before, int64_t amount_minor)
{
    __extension__ typedef __int128 wide;
    if (total_minor <= 0)
        return 0;
    wide given_back = (wide)before.total_minor + amount_minor;
    int64_t due = (int64_t)((given_back * vat_minor * 2 + total_minor) / ((wide)total_minor * 2));
    int64_t vat = due - before.vat_minor;
    if (vat < 0)
        return 0;
    return vat < amount_minor ? vat : amount_minor;
}
