"""Why a model scores as it does: SHAP, permutation, partial dependence, interactions."""
