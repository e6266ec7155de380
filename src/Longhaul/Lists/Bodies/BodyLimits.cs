namespace Longhaul.Lists.Bodies;

internal sealed record BodyLimits(int MaxItems, int MaxReportedErrors)
{
    public static BodyLimits Default { get; } = new(MaxItems: 1_000_000, MaxReportedErrors: 100);
}
