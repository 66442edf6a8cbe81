"""Published clinical risk equations: one file each, declared, validated against published vectors."""
