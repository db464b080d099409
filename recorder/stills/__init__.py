"""Still pictures of what is live: one keyframe, decoded when somebody asks."""
