using System.CommandLine;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Commands;

/// <summary>The arguments that name a job of an assembly and its parameters.</summary>
internal sealed class JobsArgument
{
    private const string Samples = "samples";

    public Argument<string> Assembly { get; } =
        new("JOBS.dll") { Description = $"The assembly with your jobs, or '{Samples}' for the ones that come with Millrace." };

    public Option<string?> Job { get; } =
        new("--job") { Description = "Which of its jobs. Needed only when it holds several.", HelpName = "name" };

    public Option<string[]> Set { get; } =
        KeyValues.Option("--set", "A parameter of the job, read from env.Configuration. May come several times.");

    public void AddTo(Command command)
    {
        command.Add(Assembly);
        command.Add(Job);
        command.Add(Set);
    }

    public Hosting.JobAssembly Load(ParseResult parsed)
    {
        string assembly = parsed.GetValue(Assembly)!;
        return Hosting.JobAssembly.Load(assembly == Samples ? typeof(Samples.UppercaseJob).Assembly.Location : assembly);
    }

    public Dictionary<string, string> Parameters(ParseResult parsed) => KeyValues.Split(parsed.GetValue(Set) ?? []);
}
