"""Everything that fills the raw tables: chain transfers, the simulator, the derivation."""
