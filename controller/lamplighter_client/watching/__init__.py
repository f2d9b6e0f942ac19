"""Who watches the fleet beside its operators."""
