"""The parts around the flows that know Prefect: server, worker, deployments, recovery, messages."""
