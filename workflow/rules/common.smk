# What all rules share; the configuration is checked here, before any rule is defined.
from workflow.layout import STAGES
from workflow.plan import Plan

PLAN = Plan(config)
LAYOUT = PLAN.layout


wildcard_constraints:
    dataset="|".join(PLAN.datasets),
