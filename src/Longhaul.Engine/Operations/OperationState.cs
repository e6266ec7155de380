namespace Longhaul.Engine.Operations;

/// <summary>The six states of an operation; the last three are final and never change.</summary>
public enum OperationState
{
    /// <summary>Accepted and durable, waiting for its turn.</summary>
    Pending,

    /// <summary>Work is being handed out.</summary>
    Running,

    /// <summary>Held by request or by itself; work in flight may still end.</summary>
    Paused,

    /// <summary>Every item is settled and not every one failed.</summary>
    Completed,

    /// <summary>The operation as a whole could not be done.</summary>
    Failed,

    /// <summary>Stopped by request.</summary>
    Aborted,
}

/// <summary>What can be asked of a state, and the words that stand for it in the store and on the wire.</summary>
public static class OperationStates
{
    extension(OperationState state)
    {
        /// <summary>True for completed, failed and aborted.</summary>
        public bool IsFinal => state >= OperationState.Completed;

        /// <summary>The lower-case word of the state.</summary>
        public string Word => state switch
        {
            OperationState.Pending => "pending",
            OperationState.Running => "running",
            OperationState.Paused => "paused",
            OperationState.Completed => "completed",
            OperationState.Failed => "failed",
            OperationState.Aborted => "aborted",
        };
    }

    /// <summary>Reads the word of a state.</summary>
    public static OperationState Parse(string word) => word switch
    {
        "pending" => OperationState.Pending,
        "running" => OperationState.Running,
        "paused" => OperationState.Paused,
        "completed" => OperationState.Completed,
        "failed" => OperationState.Failed,
        "aborted" => OperationState.Aborted,
        _ => throw new FormatException($"'{word}' is no state of an operation"),
    };
}
