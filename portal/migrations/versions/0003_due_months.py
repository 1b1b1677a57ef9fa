"""what is owed is summed by month too

Revision 0003, after 0002.
"""

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('due_month',
    sa.Column('customer_id', BIG, nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], ),
    sa.PrimaryKeyConstraint('customer_id', 'currency', 'month')
    )
    of_sqlite = op.get_bind().dialect.name == 'sqlite'
    month = "date(due_on, 'start of month')" if of_sqlite else "CAST(date_trunc('month', due_on) AS date)"
    op.execute(f"""INSERT INTO due_month (customer_id, currency, month, count, amount)
                   SELECT customer_id, currency, {month}, SUM(count), SUM(amount) FROM due_total
                   GROUP BY customer_id, currency, {month}""")


def downgrade() -> None:
    op.drop_table('due_month')
