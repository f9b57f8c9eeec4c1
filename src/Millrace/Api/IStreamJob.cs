namespace Millrace.Api;

/// <summary>A job, defined once and run by any host. Needs a parameterless constructor, so that hosts find it in a job assembly.</summary>
public interface IStreamJob
{
    /// <summary>Name of the job; names its checkpoints, entities and transactions. Keep it for the life of the job's state.</summary>
    string Name { get; }

    /// <summary>
    /// Declares the job: sources, transformations, sinks. Parameters come from <see cref="StreamExecutionEnvironment.Configuration"/>.
    /// </summary>
    /// <param name="env">Where to declare.</param>
    void Build(StreamExecutionEnvironment env);
}

/// <summary>A job that is declared in place.</summary>
/// <param name="name">Its name.</param>
/// <param name="build">Declares it.</param>
internal sealed class DeclaredJob(string name, Action<StreamExecutionEnvironment> build) : IStreamJob
{
    public string Name => name;

    public void Build(StreamExecutionEnvironment env) => build(env);
}
