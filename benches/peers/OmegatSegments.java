// Segments texts with OmegaT's own classes and its default rules, for the comparison in segments.py.
//
// Reads lines of UTF-8 from stdin, each of them a paragraph. Prints for each line its segments as `start-end`
// pairs in code points, separated by spaces. The language is the first argument (default: ar). `segments`
// installs OmegaT (GPL), no part of which belongs to this project.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.omegat.core.segmentation.Rule;
import org.omegat.core.segmentation.SRX;
import org.omegat.core.segmentation.Segmenter;
import org.omegat.util.Language;

public final class OmegatSegments {
    private static String pairs(Segmenter segmenter, Language language, String paragraph) {
        List<StringBuilder> spaces = new ArrayList<>();
        List<Rule> rules = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int at = 0;
        for (String segment : segmenter.segment(language, paragraph, spaces, rules)) {
            int start = paragraph.indexOf(segment, at);
            if (start < 0) {
                throw new IllegalStateException("segment not found: " + segment);
            }
            at = start + segment.length();
            if (!segment.isEmpty()) {
                line.append(line.length() > 0 ? " " : "");
                line.append(paragraph.codePointCount(0, start)).append('-').append(paragraph.codePointCount(0, at));
            }
        }
        return line.toString();
    }

    public static void main(String[] args) throws IOException {
        Segmenter segmenter = new Segmenter();
        segmenter.setSRX(SRX.getDefault());
        Language language = new Language(args.length > 0 ? args[0] : "ar");
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(pairs(segmenter, language, line));
        }
        out.flush();
        // OmegaT's classes may have started threads, which would keep the JVM from exiting.
        System.exit(out.checkError() ? 1 : 0);
    }
}
