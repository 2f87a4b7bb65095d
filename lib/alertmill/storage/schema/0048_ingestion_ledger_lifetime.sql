-- A part that a merge has replaced stays for eight minutes, until the new one is on the disk for sure; a server does so by itself.
ALTER TABLE ingestion_ledger MODIFY SETTING old_parts_lifetime = 480
