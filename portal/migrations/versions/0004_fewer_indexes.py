"""lists are read pile by pile, each along an index of its own; those over several piles go

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

CREDIT_NOTES = sa.text("kind = 'credit_note'")


def upgrade() -> None:
    for name in ('credit_issued', 'credit_total', 'issued', 'due', 'total'):
        op.drop_index(f'ix_invoice_{name}', table_name='invoice')


def downgrade() -> None:
    for name, column in (('issued', 'issued_on'), ('due', 'due_on'), ('total', 'total')):
        op.create_index(f'ix_invoice_{name}', 'invoice', ['customer_id', column, 'id'], unique=False)
        if name != 'due':
            op.create_index(f'ix_invoice_credit_{name}', 'invoice', ['customer_id', column, 'id'], unique=False,
                            sqlite_where=CREDIT_NOTES, postgresql_where=CREDIT_NOTES)
