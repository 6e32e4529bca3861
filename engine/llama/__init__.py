"""llama.cpp and its mtmd, behind objects that own what they hold: the only place that speaks to C."""
