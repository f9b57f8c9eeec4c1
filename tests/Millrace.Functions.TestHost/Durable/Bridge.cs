namespace Millrace.Functions.TestHost.Durable;

/// <summary>
/// Where the methods of <see cref="FunctionTypes"/> lead: the WebJobs host calls static methods of an emitted type, which can reach only
/// what is public and static. One process is one host.
/// </summary>
public static class Bridge
{
    /// <summary>Invokes a function in the worker with one input, and returns what it returned.</summary>
    public static Func<string, string, CancellationToken, Task<object?>> Invoke { get; set; } =
        static (function, _, _) => throw new InvalidOperationException($"Function '{function}' was called before the host was ready.");

    /// <summary>Takes what a durable client binds to.</summary>
    public static Action<string> TakeClient { get; set; } = static _ => { };

    /// <summary>A function whose trigger gives a text: an entity, an orchestration, an activity.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="input">What the trigger gives.</param>
    /// <param name="cancellationToken">Ends with the host.</param>
    public static Task<object?> InvokeAsync(string function, string input, CancellationToken cancellationToken) =>
        Invoke(function, input, cancellationToken);

    /// <summary>A function with a timer.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="isPastDue">Whether it comes late.</param>
    /// <param name="cancellationToken">Ends with the host.</param>
    public static Task TickAsync(string function, bool isPastDue, CancellationToken cancellationToken) =>
        Invoke(
            function,
            $$"""{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":{{(isPastDue ? "true" : "false")}}}""",
            cancellationToken
        );

    /// <summary>Gives the durable client's text away.</summary>
    /// <param name="client">What the client binds to.</param>
    public static void Keep(string client) => TakeClient(client);
}
