namespace Millrace.Embedded.Views;

/// <summary>Shows how jobs do. Called by one thread.</summary>
internal interface IView
{
    /// <summary>Shows a sample of each job.</summary>
    /// <param name="samples">The jobs.</param>
    void Show(IReadOnlyList<JobSample> samples);
}
