"""documents are found by their words, and what was billed a month is a running total

Revision 0002, after 0001.
"""

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op

from billing.rules.search_terms import terms_of

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
TERM = sa.String(120).with_variant(sa.String(120, collation='C'), 'postgresql')
CREDIT_NOTES = sa.text("kind = 'credit_note'")


def upgrade() -> None:
    op.create_table('billed_month',
    sa.Column('customer_id', BIG, nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('billed', sa.BigInteger(), nullable=False),
    sa.Column('due', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], ),
    sa.PrimaryKeyConstraint('customer_id', 'currency', 'month')
    )
    op.create_table('invoice_term',
    sa.Column('customer_id', BIG, nullable=False),
    sa.Column('term', TERM, nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('invoice_id', BIG, nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], ),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], ),
    sa.PrimaryKeyConstraint('customer_id', 'term', 'issued_on', 'invoice_id'),
    sqlite_with_rowid=False
    )
    for name, column in (('ix_invoice_credit_issued', 'issued_on'), ('ix_invoice_credit_total', 'total')):
        op.create_index(name, 'invoice', ['customer_id', column, 'id'], unique=False,
                        sqlite_where=CREDIT_NOTES, postgresql_where=CREDIT_NOTES)
    _fill()


def _fill() -> None:
    """What the new tables say of the documents that are there already."""
    op.execute("UPDATE invoice SET due_on = issued_on WHERE due_on IS NULL AND status <> 'draft'")
    terms = sa.table('invoice_term', sa.column('customer_id'), sa.column('term'),
                     sa.column('issued_on', sa.Date()), sa.column('invoice_id'))
    months = sa.table('billed_month', sa.column('customer_id'), sa.column('currency'),
                      sa.column('month', sa.Date()), sa.column('billed'), sa.column('due'))
    invoices = sa.table('invoice', *map(sa.column, ('id', 'customer_id', 'number', 'kind', 'title', 'currency', 'total',
                                                    'due', 'status')), sa.column('issued_on', sa.Date()))
    connection, totals = op.get_bind(), {}
    query = sa.select(invoices).where(invoices.c.status != 'draft')
    for batch in connection.execute(query).partitions(1000):
        found = []
        for row in batch:
            found += [{'customer_id': row.customer_id, 'term': term, 'issued_on': row.issued_on, 'invoice_id': row.id}
                      for term in terms_of(row.number or '', row.title, row.total)]
            if row.kind == 'invoice':
                key = (row.customer_id, row.currency, row.issued_on.replace(day=1))
                billed, due = totals.get(key, (0, 0))
                totals[key] = (billed + row.total, due + row.due)
        connection.execute(sa.insert(terms), found)
    if totals:
        connection.execute(sa.insert(months), [
            {'customer_id': customer, 'currency': currency, 'month': month, 'billed': billed, 'due': due}
            for (customer, currency, month), (billed, due) in totals.items()
        ])


def downgrade() -> None:
    for name in ('ix_invoice_credit_total', 'ix_invoice_credit_issued'):
        op.drop_index(name, table_name='invoice')
    op.drop_table('invoice_term')
    op.drop_table('billed_month')
