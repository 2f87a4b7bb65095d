"""What every report has to deliver: the items of its plan, and what each of them shows."""

from __future__ import annotations

DATA_REPORTS = {
    "01_data_exploration": {
        "connect": "table",
        "query": "table",
        "statistics": "table",
        "missing": "figure",
        "time-series": "figure",
        "alert-volume": "figure",
        "severity": "figure",
        "class-balance": "figure",
        "label-status": "table",
        "label-arrival": "figure",
        "network-activity": "figure",
        "address-types": "figure",
        "volume": "figure",
        "correlation": "figure",
    },
    "02_feature_analysis": {
        "build": "table",
        "distributions": "figure",
        "box": "figure",
        "correlation": "figure",
        "multicollinearity": "table",
        "scaling": "any",
        "outliers": "any",
        "scatter": "figure",
        "pca": "figure",
    },
    "03_model_training": {
        "load": "table",
        "build": "table",
        "progress": "figure",
        "train": "table",
        "metrics": "figure",
        "save-load": "table",
        "compare": "any",
    },
    "04_hyperparameter_tuning": {
        "history": "figure",
        "grid": "any",
        "random": "table",
        "bayesian": "table",
        "cv": "any",
        "importance": "figure",
        "best": "any",
        "slices": "figure",
        "parallel": "figure",
        "contour": "figure",
    },
}
"""Reports 01 to 04, which read the data and the training of a run."""
MODEL_REPORTS = {
    "05_model_evaluation": {
        "load": "any",
        "roc": "figure",
        "pr": "figure",
        "confusion": "figure",
        "report": "table",
        "scores": "figure",
        "calibration": "figure",
        "lift": "figure",
    },
    "06_model_comparison": {
        "load": "table",
        "side-by-side": "table",
        "significance": "table",
        "ensemble": "any",
        "selection": "any",
        "bars": "figure",
        "radar": "figure",
        "violin": "figure",
        "timeline": "figure",
    },
    "07_feature_importance": {
        "shap": "any",
        "lightgbm": "figure",
        "permutation": "figure",
        "pdp": "figure",
        "interaction": "figure",
        "summary": "figure",
        "force": "figure",
    },
    "08_error_analysis": {
        "false-positives": "any",
        "false-negatives": "any",
        "patterns": "any",
        "examples": "table",
        "threshold": "figure",
        "segments": "figure",
        "error-distribution": "figure",
        "fp-vs-fn": "figure",
    },
}
"""Reports 05 to 08, which read the model of a run."""
REPORTS = DATA_REPORTS | MODEL_REPORTS
